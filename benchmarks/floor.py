"""The least any shop must do, as bare SQL over psycopg: what the product's own figures are divided by."""

import os
import random
import secrets
from collections.abc import Callable

import psycopg
from django.db import connection

SKUS = 10_000

SCHEMA = f"""
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;
CREATE TABLE floor.sku (
  id bigint PRIMARY KEY, price numeric(12,2) NOT NULL, stock integer NOT NULL CHECK (stock >= 0),
  sold integer NOT NULL DEFAULT 0, updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE TABLE floor.shop_order (
  id bigserial PRIMARY KEY, number text NOT NULL, user_id bigint NOT NULL, status smallint NOT NULL DEFAULT 0,
  total numeric(12,2) NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON floor.shop_order (user_id, created_at);
CREATE TABLE floor.order_item (
  id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES floor.shop_order, sku_id bigint NOT NULL
  REFERENCES floor.sku, qty integer NOT NULL, price numeric(12,2) NOT NULL
);
CREATE INDEX ON floor.order_item (order_id);
CREATE TABLE floor.stock_movement (
  id bigserial PRIMARY KEY, sku_id bigint NOT NULL REFERENCES floor.sku, delta integer NOT NULL,
  reason smallint NOT NULL, order_id bigint, created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON floor.stock_movement (sku_id, created_at);
INSERT INTO floor.sku (id, price, stock) SELECT i, i % 1000 + 0.99, 1000000 FROM generate_series(1, {SKUS}) i;
ANALYZE floor.sku;
"""

TAKE = "UPDATE floor.sku SET stock = stock - 1, sold = sold + 1, updated_at = now() WHERE id = %s AND stock >= 1"
ORDER = "INSERT INTO floor.shop_order (number, user_id, total) VALUES (%s, %s, 99.90) RETURNING id"
ITEMS = "INSERT INTO floor.order_item (order_id, sku_id, qty, price) VALUES (%s, %s, 1, 49.95), (%s, %s, 1, 49.95)"
MOVED = "INSERT INTO floor.stock_movement (sku_id, delta, reason, order_id) VALUES (%s, -1, 1, %s), (%s, -1, 1, %s)"


def create() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA)


def client(_number: int) -> Callable[[], None]:
    """An order of two lines in five plain statements and one transaction; two buyers cannot deadlock."""
    own = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)

    def order() -> None:
        one = random.randrange(1, SKUS)
        two = one + 1
        with own.transaction():
            own.execute(TAKE, (one,))
            own.execute(TAKE, (two,))
            row = own.execute(ORDER, (secrets.token_hex(16), random.randrange(1, 100_000))).fetchone()
            assert row is not None
            own.execute(ITEMS, (row[0], one, row[0], two))
            own.execute(MOVED, (one, row[0], two, row[0]))

    return order
