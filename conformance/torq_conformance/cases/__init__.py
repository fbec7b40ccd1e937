"""Cases: what is asked of an implementation. All are derived from layouts, none is per TLV."""
