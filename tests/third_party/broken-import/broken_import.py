raise ImportError("libvision.so.3: cannot open shared object file")
