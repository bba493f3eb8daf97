"""Genre classifiers that learn on top of features which do not learn: what each idea about music is worth."""
