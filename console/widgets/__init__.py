"""The widgets: they draw rows, bars and lines, and know no engine."""
