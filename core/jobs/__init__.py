"""Background training: runs as processes of their own, which outlive whoever started them."""
