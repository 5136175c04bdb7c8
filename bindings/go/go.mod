module usher

go 1.19
