"""What Zixun costs, each measured against what the same work costs without it, in the same run."""
