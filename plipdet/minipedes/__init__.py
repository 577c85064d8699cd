"""MiniPedes: rendered, clothed people with captions, cameras and labels, made on the CPU."""
