"""Foreign direct investment by province, of the Ministry of Commerce."""
