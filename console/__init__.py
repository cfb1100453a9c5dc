"""The operator's console: screens and commands over any engine behind `engine.door.Engine`."""
