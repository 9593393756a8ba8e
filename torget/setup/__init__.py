"""Setting an installation up in the browser, from the empty first start to the first answered message."""
