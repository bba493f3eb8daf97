"""Tests of Genre & Tempo Lab."""
