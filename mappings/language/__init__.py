"""The table language: text of `.map` files in, syntax trees out. See docs/reference/tables.md."""
