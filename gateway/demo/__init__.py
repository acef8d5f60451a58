"""The demonstration: `yiqiao demo`, and a synthetic feed that benchmarks and tests use too."""
