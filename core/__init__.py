"""Genre & Tempo Lab: genre and tempo of music by neural networks, as a small inference library.

Whatever leads to torch leads through here, so this is where it is set how its threads wait.
"""

from core.system.threads import wait_asleep

wait_asleep()
