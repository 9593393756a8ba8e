"""All of /disk/: queues, the conversation as staff see it, drafts and answers; reads from everything below."""
