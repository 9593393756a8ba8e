"""The demo town of Ekevik: an invented month of messages and answers, told as data and played through the actions."""
