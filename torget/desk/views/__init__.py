"""Pages and deeds of the desk."""
