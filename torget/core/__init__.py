"""What every module stands on: the clock, access, navigation, the worker's loop, pages and their parts."""
