"""Express parcels and revenue by province, of the State Post Bureau."""
