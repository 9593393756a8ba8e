"""Template tags of the house: loaded in every template with `{% load torget %}`."""
