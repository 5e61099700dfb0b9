//! Eight points of the curve, in extended coordinates.

use super::elements::{
    D, D_MINUS_ONE_SQ, INVSQRT_A_MINUS_D, ONE_MINUS_D_SQ, SQRT_AD_MINUS_ONE, SQRT_M1, TWICE_D,
};
use super::field::{Field, LANES, Mask};
use super::recode::Digits;

/// Multiples of a point that a digit chooses from: 1 to 8.
const MULTIPLES: u8 = 8;

/// Eight points: x = X / Z, y = Y / Z, x y = T / Z.
#[derive(Clone, Copy)]
pub(super) struct Points {
    x: Field,
    y: Field,
    z: Field,
    t: Field,
}

/// Eight points without T: enough to double them.
#[derive(Clone, Copy)]
struct Projective {
    x: Field,
    y: Field,
    z: Field,
}

/// What a sum or a double has come to before its last products: x = E / G, y = H / F.
struct Ratios {
    e: Field,
    f: Field,
    g: Field,
    h: Field,
}

/// Eight points as the second of a sum: Y + X, Y - X, 2 Z, 2 d T.
#[derive(Clone, Copy)]
pub(super) struct Cached {
    sum: Field,
    difference: Field,
    z: Field,
    t: Field,
}

/// Where `u / v` is a square, and a root of it, or of it times a root of -1. // RFC 9496 4.2
#[target_feature(enable = "avx512f,avx512ifma")]
fn sqrt_ratio(u: &Field, v: &Field) -> (Mask, Field) {
    let i = Field::all(SQRT_M1);
    let v3 = v.squared().times(v);
    let v7 = v3.squared().times(v);
    let root = u.times(&v3).times(&u.times(&v7).root_power());
    let check = v.times(&root.squared());
    let minus_u = u.negative();
    let is_right = check.minus(u).is_zero();
    let is_flipped = check.minus(&minus_u).is_zero();
    let is_flipped_i = check.minus(&minus_u.times(&i)).is_zero();
    let root = root.or(&root.times(&i), is_flipped | is_flipped_i);
    (is_right | is_flipped, root.magnitude())
}

impl Points {
    /// The points of these encodings, and which of them there are; that they are canonical is another's to check.
    // RFC 9496 4.3.1
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn decode(bytes: &[[u8; 32]; LANES]) -> (Self, Mask) {
        let one = Field::small(1);
        let s = Field::read(bytes);
        let ss = s.squared();
        let u1 = one.minus(&ss);
        let u2 = one.plus(&ss);
        let u2_squared = u2.squared();
        let v = Field::all(D).times(&u1.squared()).negative().minus(&u2_squared);
        let (is_square, inverse) = sqrt_ratio(&one, &v.times(&u2_squared));
        let den_x = inverse.times(&u2);
        let den_y = inverse.times(&den_x).times(&v);
        let x = s.plus(&s).times(&den_x).magnitude();
        let y = u1.times(&den_y);
        let t = x.times(&y);
        let are_points = is_square & !t.is_negative() & !y.is_zero();
        (Self { x, y, z: one, t }, are_points)
    }

    /// The points that field elements are mapped to. // RFC 9496 4.3.4
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn map(element: &Field) -> Self {
        let one = Field::small(1);
        let d = Field::all(D);
        let r = Field::all(SQRT_M1).times(&element.squared());
        let u = r.plus(&one).times(&Field::all(ONE_MINUS_D_SQ));
        let v = one.plus(&r.times(&d)).negative().times(&r.plus(&d));
        let (is_square, root) = sqrt_ratio(&u, &v);
        let other = root.times(element).magnitude().negative();
        let s = other.or(&root, is_square);
        let c = r.or(&one.negative(), is_square);
        let n = c.times(&r.minus(&one)).times(&Field::all(D_MINUS_ONE_SQ)).minus(&v);
        let ss = s.squared();
        let w0 = s.plus(&s).times(&v);
        let w1 = n.times(&Field::all(SQRT_AD_MINUS_ONE));
        let w2 = one.minus(&ss);
        let w3 = one.plus(&ss);
        Self { x: w0.times(&w3), y: w2.times(&w1), z: w1.times(&w3), t: w0.times(&w2) }
    }

    /// For sums.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn cached(&self) -> Cached {
        Cached {
            sum: self.y.plus(&self.x),
            difference: self.y.minus(&self.x),
            z: self.z.plus(&self.z),
            t: self.t.times(&Field::all(TWICE_D)),
        }
    }

    /// The sums.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add(&self, other: &Cached) -> Self {
        self.sums(other).extended()
    }

    // Hisil et al. 2008/522, 3.1
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn sums(&self, other: &Cached) -> Ratios {
        let a = self.y.minus(&self.x).times(&other.difference);
        let b = self.y.plus(&self.x).times(&other.sum);
        let c = self.t.times(&other.t);
        let d = self.z.times(&other.z);
        Ratios { e: b.minus(&a), f: d.minus(&c), g: d.plus(&c), h: b.plus(&a) }
    }

    /// The points, raised to one secret.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn times(&self, digits: &Digits) -> Self {
        let mut multiples = [self.cached(); MULTIPLES as usize];
        for at in 1..multiples.len() {
            multiples[at] = self.add(&multiples[at - 1]).cached();
        }
        let (zero, one) = (Field::small(0), Field::small(1));
        let mut sum = Ratios { e: zero, f: one, g: one, h: one };
        for (sign, size) in digits.most_significant_first() {
            for _ in 0..3 {
                sum = sum.projective().doubles();
            }
            // Only a sum asks for T.
            let sixteen = sum.projective().doubles().extended();
            sum = sixteen.sums(&Cached::choose(&multiples, sign, size));
        }
        sum.extended()
    }
}

impl Projective {
    // Hisil et al. 2008/522, 3.3
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn doubles(&self) -> Ratios {
        let a = self.x.squared();
        let b = self.y.squared();
        let zz = self.z.squared();
        let h = a.plus(&b);
        let e = h.minus(&self.x.plus(&self.y).squared());
        let g = a.minus(&b);
        let f = zz.plus(&zz).plus(&g);
        Ratios { e, f, g, h }
    }
}

impl Ratios {
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn projective(&self) -> Projective {
        let Self { e, f, g, h } = self;
        Projective { x: e.times(f), y: g.times(h), z: f.times(g) }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn extended(&self) -> Points {
        let Self { e, f, g, h } = self;
        Points { x: e.times(f), y: g.times(h), z: f.times(g), t: e.times(h) }
    }
}

/// What the encoding of a point's double is made of.
struct Doubled {
    e: Field,
    f: Field,
    g: Field,
    h: Field,
    eg: Field,
    fh: Field,
    /// Their product, which has to be inverted; one in the place of zero, which the neutral element has.
    denominator: Field,
}

impl Doubled {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn of(point: &Points) -> Self {
        let Points { x, y, z, t } = point;
        let zz = z.squared();
        let dtt = t.squared().times(&Field::all(D));
        let e = x.plus(x).times(y);
        let (f, g, h) = (zz.plus(&dtt), y.squared().plus(&x.squared()), zz.minus(&dtt));
        let (eg, fh) = (e.times(&g), f.times(&h));
        let product = eg.times(&fh);
        let denominator = product.or(&Field::small(1), product.is_zero());
        Self { e, f, g, h, eg, fh, denominator }
    }

    /// The encoding, given the inverse.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn encode(&self, inverse: &Field) -> [[u8; 32]; LANES] {
        let i = Field::all(SQRT_M1);
        let z_inverse = self.eg.times(inverse);
        let t_inverse = self.fh.times(inverse);
        let rotates = self.eg.times(&z_inverse).is_negative();
        let e = self.e.or(&self.g, rotates);
        let g = self.g.or(&self.e.negative(), rotates);
        let h = self.h.or(&self.f.times(&i), rotates);
        let scale = Field::all(INVSQRT_A_MINUS_D).or(&i, rotates);
        let g = g.or(&g.negative(), h.times(&e).times(&z_inverse).is_negative());
        let s = h.minus(&g).times(&scale).times(&g).times(&t_inverse);
        s.magnitude().write()
    }
}

/// The one encoding of each point's double. A double needs no root, and all denominators are inverted at once.
// Montgomery 1987, 10.3.1 (inversions); Hamburg 2015/673 and RFC 9496 4.3.2 (encoding)
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn encode_doubles(points: &[Points]) -> Vec<[[u8; 32]; LANES]> {
    let mut doubled = Vec::with_capacity(points.len());
    for point in points {
        doubled.push(Doubled::of(point));
    }
    // The product of all denominators before each.
    let mut products = Vec::with_capacity(points.len());
    let mut product = Field::small(1);
    for double in &doubled {
        products.push(product);
        product = product.times(&double.denominator);
    }
    let mut inverse = product.inverse();
    let mut encoded = vec![[[0; 32]; LANES]; points.len()];
    for ((double, before), encoded) in doubled.iter().zip(&products).zip(&mut encoded).rev() {
        *encoded = double.encode(&inverse.times(before));
        inverse = inverse.times(&double.denominator);
    }
    encoded
}

impl Cached {
    /// One of the multiples, without telling which: all are read.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn choose(multiples: &[Self; MULTIPLES as usize], sign: u8, size: u8) -> Self {
        let (zero, one) = (Field::small(0), Field::small(1));
        let mut out = Self { sum: one, difference: one, z: Field::small(2), t: zero };
        for (number, multiple) in (1..=MULTIPLES).zip(multiples) {
            // All ones where they are the same: zero is the one number that less one wraps around.
            let mask = (u16::from(number ^ size).wrapping_sub(1) >> 8).to_le_bytes()[0];
            out.sum = out.sum.or(&multiple.sum, mask);
            out.difference = out.difference.or(&multiple.difference, mask);
            out.z = out.z.or(&multiple.z, mask);
            out.t = out.t.or(&multiple.t, mask);
        }
        Self {
            sum: out.sum.or(&out.difference, sign),
            difference: out.difference.or(&out.sum, sign),
            z: out.z,
            t: out.t.or(&out.t.negative(), sign),
        }
    }
}
