const open = (1;
