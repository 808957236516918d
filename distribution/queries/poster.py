"""A picture to share: the product, its price, and a QR code that opens the referral link."""

import io

import segno
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFont, ImageOps

from catalog.models import Product
from mall.kernel import money
from mall.kernel.errors import NotFound

WIDTH, HEIGHT = 750, 1150
MARGIN, PICTURE, CODE = 50, 650, 300
INK, RED, PAPER = "#1a1a1a", "#c81e1e", "#ffffff"
# Modules of quiet around the code; scanners ask for four.
QUIET = 4


def link(*, code: str, site_url: str, product: Product | None = None) -> str:
    """The address the code opens: the product's page, or the shop, with the promotion code."""
    return f"{site_url}/p/{product.slug}/?r={code}" if product else f"{site_url}/r/{code}/"


def png(*, code: str, site_url: str, product: str = "") -> bytes:
    """The poster of promotion code `code`, of the shop or of a product on sale (slug or id). Raises NotFound."""
    shown = _product(product) if product else None
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    _draw_picture(canvas, shown)
    target = link(code=code, site_url=site_url, product=shown)
    canvas.paste(_qr(target), (WIDTH - MARGIN - CODE, HEIGHT - MARGIN - CODE))
    _draw_text(canvas, code, shown)
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    return out.getvalue()


def _product(reference: str) -> Product:
    wanted = {"pk": int(reference)} if reference.isascii() and reference.isdecimal() else {"slug": reference}
    found = Product.objects.select_related("cover").filter(state=Product.State.ON_SALE, **wanted).first()
    if found is None:
        raise NotFound
    return found


def _qr(text: str) -> Image.Image:
    """The code drawn module by module, then enlarged by a whole factor so that its edges stay sharp."""
    matrix = segno.make(text, error="m", micro=False).matrix
    size = len(matrix) + 2 * QUIET
    small = Image.new("1", (size, size), 1)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                small.putpixel((x + QUIET, y + QUIET), 0)
    factor = CODE // size
    image = Image.new("RGB", (CODE, CODE), PAPER)
    enlarged = small.resize((size * factor, size * factor), Image.Resampling.NEAREST)
    image.paste(enlarged.convert("RGB"), ((CODE - size * factor) // 2, (CODE - size * factor) // 2))
    return image


def _draw_picture(canvas: Image.Image, product: Product | None) -> None:
    box = (MARGIN, MARGIN, MARGIN + PICTURE, MARGIN + PICTURE)
    cover = product.cover if product else None
    if cover is not None and default_storage.exists(str(cover.image)):
        with default_storage.open(str(cover.image)) as file, Image.open(file) as picture:
            canvas.paste(ImageOps.fit(picture.convert("RGB"), (PICTURE, PICTURE)), box[:2])
        return
    # Without a picture the poster is a plain card in the shop's colour.
    ImageDraw.Draw(canvas).rounded_rectangle(box, radius=40, fill=RED)


def _draw_text(canvas: Image.Image, code: str, product: Product | None) -> None:
    draw = ImageDraw.Draw(canvas)
    top = MARGIN + PICTURE + 60
    if product is not None:
        draw.text((MARGIN, top), money.yuan(product.min_price_fen), fill=RED, font=ImageFont.load_default(72))
    draw.text((MARGIN, top + 130), code, fill=INK, font=ImageFont.load_default(40))
