"""The public register whole: what is found, shown, served and handed out, by way of every module that it takes."""
