"""The gradient loop that models share: schedule, checkpoint and resume, progress."""
