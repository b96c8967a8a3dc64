"""Data that films and trainings start from: shipped or drawn here, needing numpy alone, never downloaded."""
