"""Statistics of the landscape: arrays in, arrays with intervals out; no tables, no files, no Findings."""
