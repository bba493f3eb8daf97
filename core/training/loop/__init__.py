"""What all trainings share: the Lightning trainer, batches, optimisers, settings, progress, reporting, stopping."""
