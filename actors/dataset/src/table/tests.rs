//! Both formats, and what is refused of them.

use super::*;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use std::fs::{self, File};
use std::path::PathBuf;
use tempfile::TempDir;
use troupe_config::ColumnKind;

fn column(name: &str, kind: ColumnKind) -> Column {
    Column::new(name, kind)
}

fn columns() -> Vec<Column> {
    vec![column("id", ColumnKind::Key), column("age", ColumnKind::Number)]
}

#[test]
fn columns_are_read_by_name_whatever_their_order() {
    let table = Table::parse(b"age,note,id\n41.5,x,a\n-3,y,b\n", &columns()).unwrap();
    assert_eq!(table.rows, 2);
    assert_eq!(table.numbers("age").as_deref(), Some(&[41.5, -3.0][..]));
    assert_eq!(table.numbers("note"), None);
    assert_eq!((table.text("id", 1), table.text("id", 2)), (Some("b"), None));
    let description = table.description().unwrap();
    let age = &description.columns[0];
    assert_eq!((&*age.name, age.low.get(), age.high.get()), ("age", -64.0, 64.0));
}

#[test]
fn a_bad_file_is_named_by_row_and_column_and_no_cell_is_repeated() {
    let endless = format!("id,age\na,1\n\"{}", "secret".repeat(400_000));
    for (text, want) in [
        ("id\nsecret\n", "has no column \"age\""),
        ("id,age,age\na,1,2\n", "has column \"age\" more than once"),
        ("id,age\na,1\nb,secret\n", "row 2: column \"age\" is no finite number"),
        ("id,age\na,inf\n", "row 1: column \"age\" is no finite number"),
        ("id,age\na,NaN\n", "row 1: column \"age\" is no finite number"),
        ("id,age\nsecret,\n", "row 1: column \"age\" is empty"),
        ("id,age\n ,1\n", "row 1: column \"id\" is empty"),
        ("id,age\na,1,secret\n", "row 1: 3 cells where the header has 2"),
        (&endless, "row 2 exceeds 1MiB"),
    ] {
        let error = Table::parse(text.as_bytes(), &columns()).map(|_| ()).unwrap_err().to_string();
        assert_eq!(error, want);
        assert!(!error.contains("secret"));
    }
    let error = Table::parse(b"id,age\na\xff,1\n", &columns()).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::NotText(1));
}

#[test]
fn a_file_that_does_not_fit_is_refused_while_it_is_read() {
    let mut text = b"id,age\n".to_vec();
    (0..4_096).for_each(|row| text.extend(format!("{row:030},1\n").bytes()));
    let limit = Bytes(40_000);
    let error = read::text(&text, &columns(), limit).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::Memory(limit));
}

#[test]
fn owners_with_the_same_keys_in_the_same_order_agree_and_others_do_not() {
    let session = SessionId([1; 16]);
    let of = |text: &str, session| {
        let key = [column("id", ColumnKind::Key)];
        Table::parse(text.as_bytes(), &key).unwrap().alignment(session)
    };
    assert_eq!(of("id,x\na,1\nb,2\n", session), of("y,id\n7,a\n8,b\n", session));
    assert_ne!(of("id\na\nb\n", session), of("id\nb\na\n", session));
    assert_ne!(of("id\nab\nc\n", session), of("id\na\nbc\n", session));
    assert_ne!(of("id\na\n", session), of("id\na\n", SessionId([2; 16])));
}

#[test]
fn chosen_rows_come_in_their_order_and_rows_that_are_not_there_are_refused() {
    let table = Table::parse(b"id,age\na,1\nb,2\nc,3\n", &columns()).unwrap();
    let names = || ["age".to_owned()].into_iter();
    let chosen = table.chosen(&[2, 0], Hash([7; 32]), names()).unwrap();
    assert_eq!((chosen.rows, &chosen.columns["age"][..]), (2, &[3.0, 1.0][..]));
    assert_eq!(chosen.alignment, Hash([7; 32]));
    assert!(table.chosen(&[3], Hash::default(), names()).is_none());
}

#[test]
fn keys_of_several_columns_do_not_run_into_each_other() {
    let two = [column("a", ColumnKind::Key), column("b", ColumnKind::Key)];
    let table = Table::parse(b"a,b\nx,yz\nxy,z\n", &two).unwrap();
    assert_ne!(table.key(&["a", "b"], 0), table.key(&["a", "b"], 1));
    assert_eq!(table.key(&["a", "c"], 0), None);
}

/// A Parquet file of whole row groups.
struct Made {
    dir: TempDir,
    writer: SerializedFileWriter<File>,
}

impl Made {
    fn new(schema: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let schema = parse_message_type(&format!("message rows {{ {schema} }}")).unwrap();
        let file = File::create(dir.path().join("file")).unwrap();
        let properties = WriterProperties::builder()
            .set_compression(parquet::basic::Compression::SNAPPY)
            .build();
        let writer = SerializedFileWriter::new(file, schema.into(), properties.into()).unwrap();
        Self { dir, writer }
    }

    fn finish(self) -> (TempDir, PathBuf) {
        self.writer.close().unwrap();
        let path = self.dir.path().join("file");
        (self.dir, path)
    }
}

/// Writes the next column of a row group; levels say which cells are there.
fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
    levels: Option<&[i16]>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels, None).unwrap();
    column.close().unwrap();
}

fn load(path: &Path, columns: &[Column]) -> Result<Table, Error> {
    Table::of(columns, read::file(path, columns, Bytes::mib(1))?)
}

#[test]
fn one_content_has_one_hash_in_either_format() {
    let mut made = Made::new(
        "required binary id (UTF8); optional double age; required int64 units; required boolean old; \
         required int32 price (DECIMAL(9, 2));",
    );
    for part in [0..2usize, 2..3] {
        let mut group = made.writer.next_row_group().unwrap();
        let ids = ["ann", "bob", "eve"].map(ByteArray::from)[part.clone()].to_vec();
        let levels = vec![1; part.len()];
        write_column::<ByteArrayType>(&mut group, &ids, None);
        write_column::<DoubleType>(&mut group, &[41.5, -3.0, 0.0][part.clone()], Some(&levels));
        write_column::<Int64Type>(&mut group, &[7i64, -1, 0][part.clone()], None);
        write_column::<BoolType>(&mut group, &[true, false, true][part.clone()], None);
        write_column::<Int32Type>(&mut group, &[1999, -5, 100][part], None);
        group.close().unwrap();
    }
    let (_dir, path) = made.finish();
    let columns = [
        column("id", ColumnKind::Key),
        column("age", ColumnKind::Number),
        column("units", ColumnKind::Integer),
        column("old", ColumnKind::Boolean),
        column("price", ColumnKind::Number),
    ];
    let table = load(&path, &columns).unwrap();
    let text =
        b"price,id,units,old,age\n19.99,ann,7,true,41.5\n-0.05,bob,-1,false,-3\n1,eve,0,1,-0\n";
    let same = Table::parse(text, &columns).unwrap();
    assert_eq!(table.rows, 3);
    assert_eq!(table.numbers("price").as_deref(), Some(&[19.99, -0.05, 1.0][..]));
    assert_eq!(table.content, same.content);
    let other = Table::parse(&text.replace_last(), &columns).unwrap();
    assert_ne!(table.content, other.content);
    // A kind is a part of the content, an order of columns is not.
    let mut reversed = columns.to_vec();
    reversed.reverse();
    assert_eq!(load(&path, &reversed).unwrap().content, table.content);
    reversed[2].kind = ColumnKind::Number;
    assert_ne!(load(&path, &reversed).unwrap().content, table.content);
}

trait ReplaceLast {
    fn replace_last(&self) -> Vec<u8>;
}

impl ReplaceLast for [u8] {
    /// Another age in the last row.
    fn replace_last(&self) -> Vec<u8> {
        let mut bytes = self.to_vec();
        let at = bytes.len() - 2;
        bytes[at] = b'1';
        bytes
    }
}

#[test]
fn an_empty_cell_of_a_parquet_file_is_named_by_its_row_and_column() {
    let mut made = Made::new("optional int64 age; required int32 day (DATE);");
    for levels in [vec![1i16, 1], vec![1, 0, 1]] {
        let mut group = made.writer.next_row_group().unwrap();
        let there = levels.iter().filter(|level| **level == 1).count();
        write_column::<Int64Type>(&mut group, &vec![5i64; there], Some(&levels));
        write_column::<Int32Type>(&mut group, &vec![1i32; levels.len()], None);
        group.close().unwrap();
    }
    let (_dir, path) = made.finish();
    let error = |name, kind| load(&path, &[column(name, kind)]).map(|_| ()).unwrap_err();
    assert_eq!(error("age", ColumnKind::Integer), Error::Empty { row: 4, column: "age".into() });
    let told = error("day", ColumnKind::Integer).to_string();
    assert_eq!(
        told,
        "column \"day\" is of type INT32 (DATE), which is no whole number of at most 53 bits"
    );
    assert_eq!(error("day2", ColumnKind::Integer), Error::NoColumn("day2".into()));
}

#[test]
fn a_damaged_parquet_file_is_refused_and_no_cell_is_repeated() {
    let mut made = Made::new("required binary id (UTF8);");
    let mut group = made.writer.next_row_group().unwrap();
    write_column::<ByteArrayType>(&mut group, &vec![ByteArray::from("secret"); 90], None);
    group.close().unwrap();
    let (_dir, path) = made.finish();
    let whole = fs::read(&path).unwrap();
    let columns = [column("id", ColumnKind::Key)];
    assert_eq!(load(&path, &columns).unwrap().rows, 90);
    for length in (4..whole.len()).step_by(7) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = load(&path, &columns).map(|_| ()).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

proptest! {
    #[test]
    fn every_value_lies_within_the_magnitude(values in proptest::collection::vec(-1e15f64..1e15, 0..20)) {
        let bound = f64::from(magnitude(&values)).exp2();
        prop_assert!(values.iter().all(|value| value.abs() < bound));
    }

    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Table::parse(&bytes, &columns());
        let mut with_header = b"id,age\n".to_vec();
        with_header.extend(bytes);
        let _ = Table::parse(&with_header, &columns());
    }
}
