"""Pictures that lie about -> a dataset that the Hub shows and the trainer reads."""
