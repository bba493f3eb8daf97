"""A training run is a directory: what its files are, who writes them and how they are read.

    config.json      the request, written once
    status.json      how far it is; the training process rewrites it about once a second
    recipe.json      the settings that training began with, all of them
    metrics.csv      its curves, one file across resumptions
    log.txt          what happened, in lines; further processes of a run have theirs, log-<machine>-<process>.txt
    last.ckpt        state to resume from, of the last finished epoch
    <name>.json, .safetensors   the exported checkpoint
    queue.json, launch.json, stop.json   what `core.jobs` wants, and the process it began

Importing this package costs no torch, no Lightning and no numpy.
"""
