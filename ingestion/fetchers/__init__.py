"""Conversations with the live sources, one module an interface: what is asked, in which order.

Answers are kept by the fetch box before they are looked at, and read by `forms`.
"""
