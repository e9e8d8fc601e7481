"""Jobs, schedules, sensors and what a run reports."""
