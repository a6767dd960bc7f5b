"""KPI values computed from primary data instead of quoted."""
