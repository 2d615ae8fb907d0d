mod taxonomy;
