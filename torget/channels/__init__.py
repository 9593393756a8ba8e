"""Channels turn what arrives from outside (bytes) into plain items; they know no models and store nothing."""
