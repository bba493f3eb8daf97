"""What every page stands on: frame, cached loaders, settings, models, sounds kept in the session, errors, outside text.

Imports core alone.
"""
