"""The demo district: invented people on real places. Used only where DEMO=1."""
