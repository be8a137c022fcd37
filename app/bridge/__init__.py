"""Between Qt and the server: events in batches, tasks that are heard, dialogs that are awaited."""
