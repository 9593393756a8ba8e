"""Pages of questions to colleagues: by a link, and at the desk."""
