"""Genre & Tempo Lab: what a neural network hears in music, as a small inference library.

Whatever leads to torch leads through here, so this is where its threads are told how to wait.
"""

from core.system.threads import wait_asleep

wait_asleep()
