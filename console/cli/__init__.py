"""The command line: open the console, run headless, script batches. Importing it loads nothing heavy."""
