"""Closing a county's year (年度关账): what is open, who closed it, what was left over to the next."""
