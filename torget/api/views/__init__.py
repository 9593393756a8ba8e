"""The operations of the API, and the pages where programs are connected."""
