"""Indicators, observations with vintages, targets, and whether they are being reached."""
