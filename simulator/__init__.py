"""Local stand-in for the services the shop talks to: WeChat, WeChat Pay, Kuaidi100, Aliyun SMS, a bank.

A process of its own that meets the shop only over HTTP: it imports nothing of the shop and the shop
imports nothing of it. Signatures are made and checked as the real services do.
"""
