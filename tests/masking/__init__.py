"""The planted words: marked words in every place that is not public, and a crawl of all that is, which finds none of them.

fields.py    every text field of every model: planted, or named with the reason why not
rows.py      a row for each model that the town has none of
planting.py  the town, and a word in each of the fields
crawling.py  everything that anyone can fetch without logging in
"""
