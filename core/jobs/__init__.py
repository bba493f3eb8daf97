"""Background training: runs as processes of their own, which outlive whoever started them.

`api.Jobs` is what pages and commands use. A run is started by a small supervisor, a process that works off the queue
and ends when there is nothing left to do; any look at the runs starts it again if it is missing.
"""
