"""What all trainings share: the Lightning trainer, optimisers, settings, progress, reporting, stopping."""
