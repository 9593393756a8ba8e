"""Pages of the registrar's work, under `/disk/registrator/`."""
