"""The machine below: threads that wait asleep, files written whole, folders that cannot be used explained.

Imports errors alone.
"""
